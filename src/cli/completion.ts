import type { Command } from 'commander';
import { EngineError } from '../engine/errors.ts';
import { EXIT } from '../engine/run/exit.ts';
import { registry } from '../modules/index.ts';

/** `wirebook completion SHELL`: a script that completes commands, flags and module names. @returns the exit code */
export function completionCommand(program: Command, shell: string): number {
  const commands = program.commands.map((command) => ({
    name: command.name(),
    words: [
      ...command.commands.map((sub) => sub.name()),
      ...command.options.flatMap(({ short, long }) => [short, long]).filter((flag) => flag !== undefined),
      ...(command.name() === 'doc' ? [...registry.keys()] : []),
    ],
  }));
  switch (shell) {
    case 'bash':
      console.log(bash(commands));
      return EXIT.ok;
    case 'zsh':
      console.log(`autoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`);
      return EXIT.ok;
    case 'fish':
      console.log(fish(commands));
      return EXIT.ok;
    default:
      throw new EngineError('USAGE', `there is no completion for ${shell}`, {
        hint: 'bash, zsh and fish have one',
      });
  }
}

type Completed = readonly { readonly name: string; readonly words: readonly string[] }[];

/** Words and module names are ours: plain, without anything a shell would expand. */
const bash = (commands: Completed): string => `_wirebook() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words
  if [ "$COMP_CWORD" -eq 1 ]; then words='${commands.map(({ name }) => name).join(' ')}'
  elif [ "$before" = -m ] || [ "$before" = --module ]; then words='${[...registry.keys()].join(' ')}'
  else case \${COMP_WORDS[1]} in
${commands.map(({ name, words }) => `    ${name}) words='${words.join(' ')}' ;;`).join('\n')}
  esac; fi
  COMPREPLY=( $(compgen -W "$words" -- "$word") $(compgen -f -- "$word") )
}
complete -o filenames -F _wirebook wirebook`;

const fish = (commands: Completed): string =>
  commands
    .flatMap(({ name, words }) => [
      `complete -c wirebook -n __fish_use_subcommand -a ${name}`,
      ...words.map((word) => {
        const flag = word.startsWith('--')
          ? `-l ${word.slice(2)}`
          : word.startsWith('-')
            ? `-s ${word.slice(1)}`
            : `-a ${word}`;
        return `complete -c wirebook -n '__fish_seen_subcommand_from ${name}' ${flag}`;
      }),
    ])
    .join('\n');
