import { Component, type ReactNode } from 'react';
import { Empty } from '../ui/Blocks';
import { Button } from '../ui/Button';

/** Shows why a view could not be shown, and tries again. */
export class ErrorBoundary extends Component<{ onReset: () => void; children: ReactNode }, { error?: Error }> {
  override state: { error?: Error } = {};

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    const again = () => {
      this.props.onReset();
      this.setState({ error: undefined as never });
    };
    return (
      <Empty level={1} title="This view cannot be shown" action={<Button onClick={again}>Try again</Button>}>
        {error.message}
      </Empty>
    );
  }
}
