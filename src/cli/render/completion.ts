/** Scripts that have a shell ask the program what may stand next. Pure: they name no command and no option. */

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/**
 * The script for a shell, to be read when it starts. Where the program has no answer, the shell completes names of files.
 * bash takes `@`, `:` and `=` for ends of words, and systemd has them in names of units: so the line is split at blanks, and what bash
 * takes for earlier words is cut off from the answers.
 */
export function renderCompletion(shell: Shell): string {
  return scripts[shell];
}

const bash = `# bash completion for gitops-agent
_gitops_agent() {
  local line=\${COMP_LINE:0:COMP_POINT} word=\${COMP_WORDS[COMP_CWORD]} words answers
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  [[ $word == [@:=] ]] && word=
  local written=\${words[-1]}
  mapfile -t answers < <(gitops-agent complete -- "\${words[@]:1}" 2>/dev/null)
  COMPREPLY=("\${answers[@]#"\${written%"$word"}"}")
}
complete -o default -F _gitops_agent gitops-agent
`;

const zsh = `#compdef gitops-agent
_gitops_agent() {
  local -a answers
  answers=("\${(@f)$(gitops-agent complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  answers=(\${answers:#})
  if (( \${#answers} )); then compadd -- "\${answers[@]}"; else _files; fi
}
if [ "$funcstack[1]" = _gitops_agent ]; then _gitops_agent "$@"; else compdef _gitops_agent gitops-agent; fi
`;

const fish = `# fish completion for gitops-agent
function __gitops_agent_answers
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    gitops-agent complete -- $words[2..] (commandline --current-token --cut-at-cursor) 2>/dev/null
end
complete --command gitops-agent --arguments '(__gitops_agent_answers)'
`;

const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };
