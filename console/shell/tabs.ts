/** Tabs of one browser have one session: what one does about it, the others hear. */
const name = 'crosswalk-session';

export type SessionChange = 'in' | 'out';

export function announce(change: SessionChange): void {
  const channel = new BroadcastChannel(name);
  channel.postMessage(change);
  channel.close();
}

/** Calls back when another tab has signed in or out. Returns how to stop it. */
export function onOtherTab(listener: (change: SessionChange) => void): () => void {
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }) => {
    if (data === 'in' || data === 'out') listener(data);
  };
  return () => channel.close();
}
