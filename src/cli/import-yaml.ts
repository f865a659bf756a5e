import { Document, isScalar, Scalar, visit, type YAMLMap, YAMLSeq } from 'yaml';
import { oneLine } from '../engine/report/text.ts';
import { isTemplate } from '../engine/template/types.ts';
import type { LeftOut } from '../host/import/candidate.ts';
import type { Imported } from './import-check.ts';

/** A playbook of one play, read by YAML 1.1 as by 1.2. */
export function playbookText(host: string, found: readonly Imported[], leftOut: readonly LeftOut[]): string {
  const document = new Document(undefined, { version: '1.1' });
  const tasks = new YAMLSeq();
  let comments: string[] = [];
  for (const { candidate, params, notes } of found) {
    const what = params === undefined ? `${candidate.title} is left out` : 'left out';
    comments.push(...notes.map((note) => ` ${oneLine(`${what}: ${note}`)}`));
    if (params === undefined) continue;
    const task = document.createNode({ [candidate.module]: params }) as YAMLMap;
    if (comments.length > 0) task.commentBefore = comments.join('\n');
    task.spaceBefore = tasks.items.length > 0;
    comments = [];
    tasks.add(task);
  }
  if (comments.length > 0) tasks.comment = comments.join('\n');
  const play = document.createNode({ hosts: host, gather_facts: false }) as YAMLMap;
  play.set('tasks', tasks);
  document.contents = document.createNode([]) as never;
  document.add(play);
  const others = leftOut.map(({ name, reason }) => `   ${oneLine(`${name}: ${reason}`)}`);
  document.commentBefore = [
    ` What ${oneLine(host)} has.`,
    ...(others.length > 0 ? [' Left out:', ...others] : []),
  ].join('\n');
  visit(document, { Scalar: (_, node) => literal(node), Seq: (_, node) => onOneLine(node) });
  return document.toString({ lineWidth: 110, flowCollectionPadding: false });
}

/** What looks like a template is none: it is what the host has. */
function literal(node: Scalar): void {
  if (typeof node.value !== 'string' || !isTemplate(node.value)) return;
  node.tag = '!unsafe';
  node.type = Scalar.QUOTE_DOUBLE;
}

/** A list of plain values. */
function onOneLine(node: YAMLSeq): void {
  if (node.items.length > 0 && node.items.every(isScalar)) node.flow = true;
}
