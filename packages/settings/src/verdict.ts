/**
 * What an event did to a fold. `accepted`: it counts. `duplicate`: it has been seen before and changes nothing.
 * `conflict`: it was written against a state that no longer holds and changes nothing. `ignored`: no event of
 * this fold. A writer waits for the verdict on its own event id.
 */
export type Verdict = 'accepted' | 'duplicate' | 'conflict' | 'ignored';
