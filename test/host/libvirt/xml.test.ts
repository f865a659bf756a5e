import { readdirSync, readFileSync } from 'node:fs';
import * as fc from '../../fast-check.ts';
import { describe, expect, it } from 'vitest';
import {
  attr,
  child,
  children,
  element,
  formatXml,
  parseXml,
  textOf,
  type XmlNode,
} from '../../../src/host/libvirt/xml.ts';

const corpus = new URL('../../../../shared/corpus/', import.meta.url).pathname;

describe('parseXml', () => {
  it('keeps order, text, namespaces and strings as they are', () => {
    const root = parseXml(
      `<?xml version="1.0"?><!-- top --><a id='007' x:b="q" xmlns:x="u"> t <b/>&lt;<x:c n='1&amp;2'><![CDATA[<&]]></x:c><b/></a>`,
    );
    expect(root).toEqual({
      name: 'a',
      attributes: { id: '007', 'x:b': 'q', 'xmlns:x': 'u' },
      children: [
        ' t ',
        { name: 'b', attributes: {}, children: [] },
        '<',
        { name: 'x:c', attributes: { n: '1&2' }, children: ['<&'] },
        { name: 'b', attributes: {}, children: [] },
      ],
    });
    expect(children(root, 'b')).toHaveLength(2);
    expect(children(root)).toHaveLength(3);
    expect(attr(child(root, 'x:c'), 'n')).toBe('1&2');
    expect(attr(root, 'toString')).toBeUndefined();
    expect(textOf(child(root, 'x:c'))).toBe('<&');
  });

  it.each([
    [
      '<a>\n <b></a>',
      `XML, line 2, column 5: Expected closing tag 'b' (opened in line 2, col 2) instead of closing tag 'a'.`,
    ],
    ['', 'XML, line 1, column 1: Start tag expected.'],
    ['<a>\n&foo;</a>', 'XML, line 2, column 1: &foo; is not known'],
    ['<a>&#0;</a>', 'XML, line 1, column 4: &#0; is not known'],
    ['<a/><b/>', 'XML, line 1, column 1: one root element is expected, there are 2'],
    ['<a/>\njunk', 'XML, line 1, column 5: there is text outside the root element'],
    ['<a b=1/>', "XML, line 1, column 4: Attribute 'b' is without value."],
    [
      '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
      'XML, line 1, column 1: a document type declaration is not allowed',
    ],
    [
      '<__proto__/>',
      'XML, line 1, column 1: [SECURITY] Invalid name: "__proto__" is a reserved JavaScript keyword that could cause prototype pollution',
    ],
  ])('refuses %j with a position', (text, message) => {
    expect(() => parseXml(text)).toThrow(expect.objectContaining({ code: 'XML_SYNTAX', message }));
  });
});

describe('formatXml', () => {
  const name = fc
    .stringMatching(/^[a-z][a-z0-9_-]{0,6}$/)
    .filter((text) => !text.startsWith('xml') && !['constructor'].includes(text));
  const content = fc
    .string({ unit: 'grapheme', maxLength: 12 })
    .filter((text) => !/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(text));
  const node = fc.letrec<{ element: ReturnType<typeof element>; node: XmlNode }>((tie) => ({
    element: fc.record({
      name,
      attributes: fc.dictionary(name, content, { noNullPrototype: true }),
      children: fc.array(tie('node'), { maxLength: 3 }),
    }),
    node: fc.oneof(
      { depthSize: 'small' },
      content.filter((text) => text !== ''),
      tie('element'),
    ),
  })).element;
  /** Neighbouring texts are one text once written. */
  const merged = (of: ReturnType<typeof element>): unknown => {
    const list: unknown[] = [];
    for (const next of of.children) {
      const last = list.at(-1);
      if (typeof next === 'string' && typeof last === 'string') list[list.length - 1] = last + next;
      else list.push(typeof next === 'object' && 'name' in next ? merged(next) : next);
    }
    return { ...of, children: list };
  };

  it('is read back as it was, whatever the values hold', () => {
    fc.assert(
      fc.property(node, (tree) => {
        expect(parseXml(formatXml(tree))).toEqual(merged(tree));
      }),
      { numRuns: 500 },
    );
    const nasty = element('a', { v: `"'<>&\t\n\r;$(id)` }, [`]]>"'<&\r\n`, { comment: ' c ' }]);
    expect(parseXml(formatXml(nasty))).toEqual(nasty);
  });

  it('refuses what XML cannot hold', () => {
    expect(() => formatXml(element('a', { b: 'x\u0007' }))).toThrow(
      'XML cannot hold the character U+0007 in "x\\u0007"',
    );
    expect(() => formatXml(element('a', {}, ['\ud800']))).toThrow('U+D800');
  });

  it.each(['networkxml2xmlin', 'networkxml2xmlout', 'qemuxmlconfdata'])('reads back all of %s', (folder) => {
    const files = readdirSync(corpus + folder).filter((file) => file.endsWith('.xml'));
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      const tree = parseXml(readFileSync(`${corpus}${folder}/${file}`, 'utf8'));
      expect(parseXml(formatXml(tree))).toEqual(tree);
    }
  });
});
