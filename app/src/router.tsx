import { createHashRouter } from 'react-router';
import { Market } from './market/Market';
import { NotFound } from './shell/NotFound';
import { Shell } from './shell/Shell';
import { later } from './ui/later';

// Everything after `#`: a static host needs to know no address but that of the page.
export const router = createHashRouter([
  {
    element: <Shell />,
    children: [
      { index: true, element: <Market /> },
      { path: 'rent/:offer', Component: later('Rent', () => import('./rent/Rent')) },
      { path: 'leases', Component: later('Leases', () => import('./lease/Leases')) },
      { path: 'leases/:lease', Component: later('LeaseView', () => import('./lease/LeaseView')) },
      { path: 'sign', Component: later('Sign', () => import('./lease/Sign')) },
      { path: 'provider', Component: later('ProviderView', () => import('./provider/ProviderView')) },
      { path: 'governance', Component: later('Governance', () => import('./governance/Governance')) },
      { path: 'governance/:proposal', Component: later('ProposalView', () => import('./governance/ProposalView')) },
      { path: '*', element: <NotFound /> },
    ],
  },
]);
