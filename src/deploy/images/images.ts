/** Images of services: where they come from, and how they get to servers. */
import type { Run } from '../../operations/operation.ts';
import type { AppService } from '../configuration/application.ts';
import type { HeldServer } from '../hold/held-server.ts';

/** An image that can be run. */
export interface Image {
  /** What it is called: `shop/web:a1b2c3d`. */
  readonly reference: string;
  /** `sha256:…`, of the image itself and not of a registry. */
  readonly id: string;
  readonly bytes?: number;
  /** How long building it took, where it was built. */
  readonly seconds?: number;
  /** Names of the servers that have it. */
  readonly on: readonly string[];
}

/** Where the image of a service comes from. */
export type ImageSource =
  /** It was built or recorded before, and some server has it. */
  | { readonly kind: 'known'; readonly reference: string; readonly id: string }
  | { readonly kind: 'build'; readonly reference: string }
  /** Of a registry; its id is known when it is there. */
  | { readonly kind: 'pull'; readonly reference: string };

/** Gets images onto servers. */
export interface Images {
  /** Builds or pulls the image of a service on one server, or finds that it is there. */
  make(service: AppService, source: ImageSource, run: Run): Promise<Image>;
  /** Brings an image to the servers that do not have it, through the registry where there is one, else as a stream. */
  spread(image: Image, to: readonly HeldServer[], run: Run): Promise<void>;
}
