/** Values of property tests are the same in every run, unless SHIPSHAPE_SEED says otherwise: `random`, or a number. */
import fc from 'fast-check';

const { SHIPSHAPE_SEED: seed = '20261121' } = process.env;
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) });
