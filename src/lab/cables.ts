import { resolve } from 'node:path';
import { batch, joinMgmt, joinSegment } from './network.ts';
import { DATA_NICS, dataPort, type LabHost, labName, mgmtPort, type Nic } from './plan.ts';
import { labState } from './state.ts';

/**
 * Pulls the cable from a host's NIC: no frame passes until linkUp, also not after a reboot. A netns host loses
 * its carrier; the virtual NIC of a uml host has no carrier to lose.
 * @throws EngineError LAB
 */
export async function linkDown(folder: string, host: LabHost, nic: Nic): Promise<void> {
  const { id, driver } = labState(resolve(folder));
  // A tap that is down would do, but a uml kernel that then sends gives up the NIC for good
  await batch([`link set ${portOf(host, nic)} ${driver === 'uml' ? 'nomaster' : 'down'}`], labName(id));
}

/** Puts the cable back that linkDown pulled. */
export async function linkUp(folder: string, host: LabHost, nic: Nic): Promise<void> {
  const number = dataNumber(nic);
  const lines = number === undefined ? [joinMgmt(host)] : joinSegment(host, number);
  await batch(lines, labName(labState(resolve(folder)).id));
}

function portOf(host: LabHost, nic: Nic): string {
  const number = dataNumber(nic);
  return number === undefined ? mgmtPort(host) : dataPort(host, number);
}

const dataNumber = (nic: Nic): (typeof DATA_NICS)[number] | undefined =>
  DATA_NICS.find((number) => nic === `eth${number}`);
