import { lazy, type ComponentType } from 'react';
import { createHashRouter } from 'react-router';
import { Market } from './market/Market';
import { loadRules } from './rules';
import { NotFound } from './shell/NotFound';
import { Shell } from './shell/Shell';

/** A view that is loaded when it is first opened, with the rules that it asks. */
const later = <K extends string>(name: K, load: () => Promise<Record<K, ComponentType>>) => {
  const View = lazy<ComponentType>(async () => ({ default: (await Promise.all([load(), loadRules()]))[0][name] }));
  return <View />;
};

// Everything after `#`: a static host needs to know no address but that of the page.
export const router = createHashRouter([
  {
    element: <Shell />,
    children: [
      { index: true, element: <Market /> },
      { path: 'rent/:offer', element: later('Rent', () => import('./rent/Rent')) },
      { path: 'leases', element: later('Leases', () => import('./lease/Leases')) },
      { path: 'leases/:lease', element: later('LeaseView', () => import('./lease/LeaseView')) },
      { path: 'sign', element: later('Sign', () => import('./lease/Sign')) },
      { path: 'provider', element: later('ProviderView', () => import('./provider/ProviderView')) },
      { path: 'governance', element: later('Governance', () => import('./governance/Governance')) },
      { path: 'governance/:proposal', element: later('ProposalView', () => import('./governance/ProposalView')) },
      { path: '*', element: <NotFound /> },
    ],
  },
]);
