import type { AnyOperation } from '../operations/runner.ts';
import type { DeployAccess } from './access.ts';
import { deployment } from './deployment.ts';
import { planDeploy } from './plan/deploy.ts';
import { planPromote } from './plan/promote.ts';
import { planRollBack } from './plan/roll-back.ts';
import { planScale } from './plan/scale.ts';
import { restartService } from './restart-service.ts';
import { takeOverDeployment } from './hold/take-over.ts';
import { takoOperations } from './tako-cli/operations.ts';

/** Everything that changes what runs on servers. */
export function deployOperations(access: DeployAccess): readonly AnyOperation[] {
  return [
    deployment(access, 'deploy', planDeploy),
    deployment(access, 'roll-back', planRollBack),
    deployment(access, 'promote-release', planPromote),
    deployment(access, 'scale-service', planScale),
    restartService(access),
    takeOverDeployment(access),
    ...takoOperations(access),
  ];
}
