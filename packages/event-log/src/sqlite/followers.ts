import type { Follower } from '../event-log.ts';
import { startFollower } from './follower.ts';
import type { FollowerOptions } from './follower.ts';

/** The followers that run, so that closing can end them all. */
export interface Followers {
  start(options: Omit<FollowerOptions, 'onEnded'>): Follower;
  stopAll(): Promise<void>;
}

export function createFollowers(): Followers {
  const running = new Set<Follower>();
  return {
    start(options) {
      const follower = startFollower({ ...options, onEnded: () => void running.delete(follower) });
      running.add(follower);
      return follower;
    },
    async stopAll() {
      await Promise.all([...running].map((follower) => follower.stop()));
    },
  };
}
