import { createHashRouter } from 'react-router';
import { Market } from './market/Market';
import { loadRules } from './rules';
import { NotFound } from './shell/NotFound';
import { Shell } from './shell/Shell';
import { later } from './ui/later';

/** A view that is loaded when it is first opened, with the rules that it asks. */
const view: typeof later = (name, load) => later(name, async () => (await Promise.all([load(), loadRules()]))[0]);

// Everything after `#`: a static host needs to know no address but that of the page.
export const router = createHashRouter([
  {
    element: <Shell />,
    children: [
      { index: true, element: <Market /> },
      { path: 'rent/:offer', Component: view('Rent', () => import('./rent/Rent')) },
      { path: 'leases', Component: view('Leases', () => import('./lease/Leases')) },
      { path: 'leases/:lease', Component: view('LeaseView', () => import('./lease/LeaseView')) },
      { path: 'sign', Component: view('Sign', () => import('./lease/Sign')) },
      { path: 'provider', Component: view('ProviderView', () => import('./provider/ProviderView')) },
      { path: 'governance', Component: view('Governance', () => import('./governance/Governance')) },
      { path: 'governance/:proposal', Component: view('ProposalView', () => import('./governance/ProposalView')) },
      { path: '*', element: <NotFound /> },
    ],
  },
]);
