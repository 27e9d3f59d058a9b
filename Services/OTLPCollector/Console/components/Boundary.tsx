// Keeps a page that fails from taking the console along.

import { Component, type ReactNode } from "react";

interface State {
  error: Error | null;
}

export class Boundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override render(): ReactNode {
    if (!this.state.error) return this.props.children;
    return (
      <div className="page">
        <h1>This page failed</h1>
        <div className="state" role="alert">
          <span>{this.state.error.message}</span>
          <button type="button" className="button" onClick={() => location.reload()}>Load it again</button>
        </div>
      </div>
    );
  }
}
