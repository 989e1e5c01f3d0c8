import { useState } from 'preact/hooks';
import { type ApiProblem, asProblem } from '../api/client.ts';

interface Action {
  /** Why it failed the last time; undefined after a success. */
  readonly problem: ApiProblem | undefined;
  readonly isBusy: boolean;
  /** For a form or a button. While the action runs, it does not start again. */
  readonly run: (event?: Event) => void;
}

/** Something that a person does and that the service can refuse, such as a form that is sent. */
export function useAction(act: () => Promise<unknown>): Action {
  const [problem, setProblem] = useState<ApiProblem>();
  const [isBusy, setBusy] = useState(false);
  const start = async (): Promise<void> => {
    setBusy(true);
    try {
      await act();
      setProblem(undefined);
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  const run = (event?: Event): void => {
    event?.preventDefault();
    if (!isBusy) void start();
  };
  return { problem, isBusy, run };
}
