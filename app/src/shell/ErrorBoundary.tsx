import { Component, type ReactNode } from 'react';
import { nodeError } from '../chain/nodeErrors';
import { Empty } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { formatError } from '../onchain/formatError';

type Props = {
  onReset: () => void;
  /** When the cluster answered last: what a node's failure has broken is tried again then. */
  answeredAt: number;
  children: ReactNode;
};

/** Shows why a view could not be shown, and tries again. */
export class ErrorBoundary extends Component<Props, { error?: Error }> {
  override state: { error?: Error } = {};

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  again = () => {
    this.props.onReset();
    this.setState({ error: undefined as never });
  };

  override componentDidUpdate({ answeredAt }: Props) {
    if (answeredAt !== this.props.answeredAt && this.state.error && nodeError(this.state.error)) this.again();
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <Empty
        level={1}
        title="This view cannot be shown"
        action={<Button onClick={this.again}>Try again</Button>}
      >
        {formatError(error)}
      </Empty>
    );
  }
}
