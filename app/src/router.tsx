import { HashRouter, Route, Routes } from 'react-router';
import { loadRules } from 'gpu-lease/rules';
import { Market } from './market/Market';
import { NotFound } from './shell/NotFound';
import { Shell } from './shell/Shell';
import { later } from './ui/later';

/** A view that is loaded when it is first opened, with the rules that it asks. */
const view: typeof later = (name, load) =>
  later(name, async () => (await Promise.all([load(), loadRules()]))[0]);

const Help = later('Help', () => import('./help/Help'));
const Notifications = later('Notifications', () => import('./notify/Notifications'));

const Rent = view('Rent', () => import('./rent/Rent'));
const Leases = view('Leases', () => import('./lease/Leases'));
const LeaseView = view('LeaseView', () => import('./lease/LeaseView'));
const Receipt = view('Receipt', () => import('./lease/past/Receipt'));
const Spending = view('Spending', () => import('./lease/past/Spending'));
const Figures = view('Figures', () => import('./market/Figures'));
const ProviderOverTime = view('ProviderOverTime', () => import('./market/ProviderOverTime'));
const Sign = view('Sign', () => import('./lease/Sign'));
const ProviderView = view('ProviderView', () => import('./provider/ProviderView'));
const Governance = view('Governance', () => import('./governance/Governance'));
const ProposalView = view('ProposalView', () => import('./governance/ProposalView'));

/** All views. Their addresses come after `#`: a static host needs to know no address but that of the page. */
export const Router = () => (
  <HashRouter>
    <Routes>
      <Route element={<Shell Help={Help} Notifications={Notifications} />}>
        <Route index element={<Market />} />
        <Route path="rent/:offer" element={<Rent />} />
        <Route path="leases" element={<Leases />} />
        <Route path="leases/:lease" element={<LeaseView />} />
        <Route path="leases/:lease/receipt/:opened" element={<Receipt />} />
        <Route path="spending" element={<Spending />} />
        <Route path="figures" element={<Figures />} />
        <Route path="providers/:provider" element={<ProviderOverTime />} />
        <Route path="sign" element={<Sign />} />
        <Route path="provider" element={<ProviderView />} />
        <Route path="governance" element={<Governance />} />
        <Route path="governance/:proposal" element={<ProposalView />} />
        <Route path="*" element={<NotFound />} />
      </Route>
    </Routes>
  </HashRouter>
);
