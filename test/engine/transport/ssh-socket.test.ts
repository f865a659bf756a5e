import { createServer } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { openTcp } from '../../../src/engine/transport/ssh-socket.ts';

test('a port that nothing listens on is refused, with what to look for', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  await expect(openTcp('127.0.0.1', port, 1000, 'ssh h1')).rejects.toMatchObject({
    code: 'CONNECT',
    message: `ssh h1: connect ECONNREFUSED 127.0.0.1:${port}`,
    hint: 'nothing answers at that port: is sshd running there, and is ansible_port right?',
  });
});
