import type { ObservedContainer } from '../state/observed.ts';

/** By its name or its image, as the steps of setups tell it. */
export function isTraefik({ name, image }: Pick<ObservedContainer, 'name' | 'image'>): boolean {
  return /^traefik([._-]|$)/.test(name) || /^traefik([:@]|$)/.test(image.slice(image.lastIndexOf('/') + 1));
}
