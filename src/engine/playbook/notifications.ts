import { locationOf } from '../source.ts';
import { didYouMean } from '../suggest.ts';
import { isTemplate } from '../template/types.ts';
import type { Session } from './session.ts';
import type { Handler } from './types.ts';

/** Every name notified in a play must be a handler's name, or a topic that one listens to. */
export function checkNotifications(handlers: readonly Handler[], session: Session): void {
  const names = handlers.flatMap(({ name, listen }) => [...(name === undefined ? [] : [name]), ...listen]);
  // Which handler a templated name is, only the run knows.
  if (names.some(isTemplate)) return;
  for (const { name, at } of session.takeNotifications()) {
    if (isTemplate(name) || names.includes(name)) continue;
    const none = names.length === 0 ? 'the play has no handlers' : `handlers here: ${names.join(', ')}`;
    session.report(
      'HANDLER_UNKNOWN',
      `no handler is called ${name}`,
      locationOf(at),
      didYouMean(name, names) ?? none,
    );
  }
}
