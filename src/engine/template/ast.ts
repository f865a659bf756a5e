/** Expressions and templates, parsed. Offsets count from the start of the text they are part of. */
import type { Operator } from './arithmetic.ts';

interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Arguments {
  readonly positional: readonly Node[];
  readonly named: readonly (readonly [string, Node])[];
  /** `*list` */
  readonly rest?: Node | undefined;
  /** `**mapping` */
  readonly restNamed?: Node | undefined;
}

export type Node = Span &
  (
    | { readonly type: 'literal'; readonly value: unknown }
    | { readonly type: 'name'; readonly name: string }
    | { readonly type: 'list'; readonly items: readonly Node[] }
    | { readonly type: 'dict'; readonly entries: readonly (readonly [Node, Node])[] }
    | { readonly type: 'attribute'; readonly object: Node; readonly name: string }
    | { readonly type: 'item'; readonly object: Node; readonly key: Node }
    | {
        readonly type: 'slice';
        readonly object: Node;
        readonly from: Node | undefined;
        readonly to: Node | undefined;
        readonly step: Node | undefined;
      }
    | { readonly type: 'call'; readonly callee: Node; readonly args: Arguments }
    | {
        readonly type: 'filter';
        readonly input: Node;
        readonly name: string;
        readonly args: Arguments;
        readonly nameAt: Span;
      }
    | {
        readonly type: 'test';
        readonly input: Node;
        readonly name: string;
        readonly args: Arguments;
        readonly nameAt: Span;
      }
    | { readonly type: 'not'; readonly operand: Node }
    | { readonly type: 'sign'; readonly operator: '-' | '+'; readonly operand: Node }
    | { readonly type: 'binary'; readonly operator: Operator; readonly left: Node; readonly right: Node }
    | {
        readonly type: 'compare';
        readonly first: Node;
        readonly rest: readonly { readonly operator: string; readonly operand: Node }[];
      }
    | { readonly type: 'logic'; readonly operator: 'and' | 'or'; readonly left: Node; readonly right: Node }
    | { readonly type: 'choice'; readonly test: Node; readonly yes: Node; readonly no: Node | undefined }
  );

/** What a `for`, `set` or `with` assigns to: names, nested for unpacking, or a namespace's attribute. */
export type Target = string | readonly Target[] | { readonly namespace: string; readonly attribute: string };

/** A filter of a filter block or of a `set` block, without its input. */
export type FilterCall = Span & { readonly name: string; readonly args: Arguments; readonly nameAt: Span };

export interface Macro {
  readonly name: string;
  readonly params: readonly { readonly name: string; readonly otherwise: Node | undefined }[];
  readonly body: readonly Statement[];
}

export type Statement =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'output'; readonly value: Node }
  | {
      readonly type: 'if';
      readonly branches: readonly { readonly test: Node; readonly body: readonly Statement[] }[];
      readonly otherwise: readonly Statement[];
    }
  | {
      readonly type: 'for';
      readonly target: Target;
      readonly list: Node;
      readonly test: Node | undefined;
      readonly body: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | { readonly type: 'set'; readonly target: Target; readonly value: Node }
  | {
      readonly type: 'capture';
      readonly target: Target;
      readonly filters: readonly FilterCall[];
      readonly body: readonly Statement[];
    }
  | { readonly type: 'filter'; readonly filters: readonly FilterCall[]; readonly body: readonly Statement[] }
  | {
      readonly type: 'with';
      readonly bindings: readonly { readonly target: Target; readonly value: Node }[];
      readonly body: readonly Statement[];
    }
  | { readonly type: 'macro'; readonly macro: Macro }
  | { readonly type: 'include'; readonly file: Node; readonly ignoreMissing: boolean };
