import ssh2, { type BaseAgent, type ParsedKey } from 'ssh2';

/** The agent behind a socket; with `only`, no other keys of it than these. */
export function knownAgent(socket: string, only: readonly Buffer[] | undefined): BaseAgent {
  const agent = ssh2.createAgent(socket);
  if (only === undefined) return agent;
  const list = agent.getIdentities.bind(agent);
  agent.getIdentities = (callback) =>
    list((error, keys) => {
      const wanted = (keys as ParsedKey[] | undefined)?.filter((key) => {
        const parsed = ssh2.utils.parseKey(key as unknown as Buffer);
        return !(parsed instanceof Error) && only.some((blob) => blob.equals(parsed.getPublicSSH()));
      });
      callback(error, wanted);
    });
  return agent;
}
