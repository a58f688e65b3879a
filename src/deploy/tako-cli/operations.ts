import type { AnyOperation } from '../../operations/runner.ts';
import type { TakoAccess } from '../access.ts';
import { takoDeploy } from './deploy.ts';
import { takoRollBack } from './roll-back.ts';
import { takoScale } from './scale.ts';

/** What is done through the tako program. */
export function takoOperations(access: TakoAccess): readonly AnyOperation[] {
  return [takoDeploy(access), takoRollBack(access), takoScale(access)];
}
