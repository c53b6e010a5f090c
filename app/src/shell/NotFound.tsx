import { Link } from 'react-router';
import { Empty } from '../ui/Blocks';
import { buttonClass } from '../ui/Button';

export const NotFound = () => (
  <Empty
    level={1}
    title="There is no such page"
    action={
      <Link className={buttonClass()} to="/">
        Go to the market
      </Link>
    }
  >
    The link may be old or mistyped.
  </Empty>
);
