/** What a lab is doing; a phase begins, may tell how far it is, and ends. */
type LabProgress =
  | { type: 'begin'; phase: string }
  | { type: 'note'; phase: string; text: string }
  | { type: 'end'; phase: string; seconds: number; failed: boolean };

export type OnProgress = (event: LabProgress) => void;

/** Runs one phase and reports it; `note` tells how far it is. */
export async function inPhase<T>(
  onProgress: OnProgress,
  phase: string,
  work: (note: (text: string) => void) => Promise<T>,
): Promise<T> {
  const start = performance.now();
  const end = (failed: boolean): void =>
    onProgress({ type: 'end', phase, seconds: (performance.now() - start) / 1000, failed });
  onProgress({ type: 'begin', phase });
  try {
    const result = await work((text) => onProgress({ type: 'note', phase, text }));
    end(false);
    return result;
  } catch (error) {
    end(true);
    throw error;
  }
}
