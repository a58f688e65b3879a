// npm run -s inspect -- FOLDER...   prints what Shipshape sees in these folders; builds it first where needed
import { buildIfStale } from './build.mjs';
import { installPackages } from './install.mjs';

await installPackages();
await buildIfStale();
await import(new URL('../dist/inspect.js', import.meta.url).href);
