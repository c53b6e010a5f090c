import { Component, type ReactNode } from 'react';

type Props = {
  /** What is shown instead of what cannot be. */
  fallback: ReactNode;
  /** What is tried again when it changes. */
  about?: unknown;
  children: ReactNode;
};

/** Keeps a fault where it is: what one account on chain brings about costs its own row, and not the view. */
export class Guard extends Component<Props, { failed: boolean; about: unknown }> {
  override state = { failed: false, about: this.props.about };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  static getDerivedStateFromProps({ about }: Props, state: { about: unknown }) {
    return about === state.about ? null : { failed: false, about };
  }

  override render() {
    return this.state.failed ? this.props.fallback : this.props.children;
  }
}
