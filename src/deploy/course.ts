/** What a deployment, a rollback or any other change of what runs is going to do. */
import type { Clean } from '../base/clean.ts';
import type { Plan } from '../operations/operation.ts';
import type { RecordedService } from '../state/model.ts';
import type { OwnRelease, OwnService } from '../state/own-releases.ts';
import type { Application, AppService, Engine, Migrations } from './configuration/application.ts';
import type { ServerRef } from '../servers/server.ts';
import type { Asked } from './plan/asked.ts';
import type { Image, ImageSource } from './images/images.ts';
import type { EnvironmentRef } from './requests.ts';

/** What becomes of a service. */
export interface ServiceCourse {
  readonly service: AppService;
  readonly kind: 'new' | 'changed' | 'unchanged' | 'removed';
  /** Why it is changed. */
  readonly why: readonly Clean[];
  /** What runs of it now. */
  readonly now?: { readonly image: Clean; readonly imageId: string; readonly release: string };
  /** What was kept of that when it was deployed. */
  readonly kept?: OwnService;
  /** What is to run; nothing for what is removed. */
  readonly source?: ImageSource;
  /** Nothing but its image may be another one: it is unchanged where that turns out to be the same. */
  readonly onlyImage: boolean;
  /** See `Replacement.asIn`, and what was kept of that release. */
  readonly asIn?: { readonly release: string; readonly kept?: OwnService };
  /** The old one stops before the new one starts. */
  readonly interrupts: boolean;
  /** What is done is about others: how it runs fails nothing. */
  readonly isLeft?: boolean;
}

export interface Course {
  readonly where: EnvironmentRef;
  readonly kind: 'deploy' | 'rollback' | 'scale' | 'promote';
  readonly application: Application;
  readonly engine: Engine;
  /** In the order in which they are changed. */
  readonly services: readonly ServiceCourse[];
  /** Of its databases, where they are run. */
  readonly migrations?: readonly MigrationsCourse[];
  /** What stays as it was recorded before: services that are left alone, whatever runs of them. */
  readonly stays?: Stays;
  /** Names of the servers that were left out because they do not answer. */
  readonly left: readonly string[];
  /** Tokens of holders whose time is over, from whom the lock is taken. */
  readonly over: readonly string[];
  /** What it is called: a commit, a version. */
  readonly name: Clean;
  readonly notes: Clean;
  readonly by?: Clean;
  readonly commit?: string;
  /** As Stagecraft records it. */
  readonly version?: string;
  readonly branch?: Clean;
  /** The environment that its images come from. */
  readonly from?: EnvironmentRef;
  /** The release that it goes back to. */
  readonly to?: string;
  /** The release that runs until now, by the record. */
  readonly before?: Before;
  /** Releases whose end nothing tells. Who holds the locks knows that nobody is at them any more. */
  readonly unfinished: readonly { readonly id: string; readonly timestamp: string }[];
  /** Releases that the servers keep what they need of, besides this one. */
  readonly keep: readonly string[];
}

/** What is yet to be run on a database. */
export interface MigrationsCourse {
  readonly of: Migrations;
  /** The names of files, by the server. */
  readonly pending: ReadonlyMap<ServerRef, readonly string[]>;
  /** The service that it is in does not run everywhere yet. */
  readonly isNew: boolean;
}

export interface Stays {
  readonly services: readonly RecordedService[];
  readonly own: OwnRelease['services'];
}

export interface Before {
  readonly id: string;
  readonly name: Clean;
}

export interface CoursePlan extends Plan {
  /** What the servers answered. */
  readonly asked: readonly Asked[];
  /** Nothing where it cannot be done; the findings say why. */
  readonly course?: Course;
  /** What it came to; filled in while it is carried out, read when it is verified. */
  readonly result: Result;
}

export interface Result {
  release?: string;
  /** The images that services run now, by their names. */
  images: Map<string, Image>;
}

export const newResult = (): Result => ({ images: new Map() });

/** Whether it is replaced by its image. What was built may turn out to be what runs already. */
export function isReplaced(
  { kind, onlyImage, now }: ServiceCourse,
  image: Image | undefined,
): image is Image {
  return image !== undefined && isChange({ kind }) && !(onlyImage && image.id === now?.imageId);
}

/** Whether it is replaced before all others, so that its database can be migrated before they start. */
export function isFirst(each: ServiceCourse, { migrations = [] }: Pick<Course, 'migrations'>): boolean {
  return migrations.some(
    ({ of, isNew }) => isNew && of.moment === 'before' && of.service === each.service.name,
  );
}

export const isChange = ({ kind }: Pick<ServiceCourse, 'kind'>): boolean =>
  kind === 'new' || kind === 'changed';
