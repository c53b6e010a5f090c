import { lazy, type ComponentType } from 'react';

/** A component that is loaded when it is first shown. */
export const later = <P extends object, K extends string>(name: K, load: () => Promise<Record<K, ComponentType<P>>>) =>
  lazy<ComponentType<P>>(async () => ({ default: (await load())[name] }));
