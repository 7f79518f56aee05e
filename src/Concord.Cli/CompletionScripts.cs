namespace Concord.Cli;

/// <summary>What a shell has to run once so that it asks this program how to complete its words.</summary>
internal static class CompletionScripts
{
    private static readonly Dictionary<string, string> s_scripts = new()
    {
        ["bash"] = $$"""
            # Completion of concord's words; where it knows none, names of files. Add to ~/.bashrc:  eval "$(concord completion bash)"
            _concord() {
                # Bash splits words at = and : as well. What stands side by side in the line is one word, up to the cursor, and bash
                # replaces only its last piece ($2).
                local line=${COMP_LINE:0:COMP_POINT} words=() rest word i
                for ((i = 0; i <= COMP_CWORD; i++)); do
                    rest=${line#"${line%%[![:space:]]*}"}
                    word=${COMP_WORDS[i]}
                    if ((i == COMP_CWORD)); then word=$rest; fi
                    if ((${#words[@]} == 0)) || [[ $rest != "$line" ]]; then words+=("$word"); else words[${#words[@]}-1]+=$word; fi
                    line=${rest#"$word"}
                done
                word=${words[${#words[@]}-1]}
                COMPREPLY=()
                while IFS= read -r line; do
                    COMPREPLY+=("${line#"${word%"$2"}"}")
                done < <("${1/#\~/$HOME}" {{Completion.Word}} "${words[@]:1}" 2>/dev/null)
                if [[ ${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2>/dev/null; fi
            }
            complete -o default -F _concord concord ./concord
            """,
        ["zsh"] = $$"""
            # Completion of concord's words; where it knows none, names of files. Add to ~/.zshrc:  eval "$(concord completion zsh)"
            _concord() {
                local -a found
                found=("${(@f)$("${words[1]}" {{Completion.Word}} "${(@)words[2,CURRENT]}" 2>/dev/null)}")
                if [[ "${found[1]}" == *= ]]; then compadd -S '' -- "${found[@]}"
                elif [[ -n "${found[*]}" ]]; then compadd -- "${found[@]}"; else _files; fi
            }
            compdef _concord concord ./concord
            """,
        ["fish"] = $$"""
            # Completion of concord's words, beside names of files. Run once:
            #   concord completion fish > ~/.config/fish/completions/concord.fish
            complete -c concord -a '(concord {{Completion.Word}} (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
            """,
        ["pwsh"] = $$"""
            # Completion of concord's words. Add to $PROFILE:  concord completion pwsh | Out-String | Invoke-Expression
            Register-ArgumentCompleter -Native -CommandName concord -ScriptBlock {
                param($typed, $line, $cursor)
                $given = @($line.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
                if ($typed -eq '') { $given += '' }
                concord {{Completion.Word}} @given | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
            }
            """,
    };

    /// <summary>The shells that there are scripts for.</summary>
    public static IReadOnlyCollection<string> Shells => s_scripts.Keys;

    /// <summary>The script for a shell.</summary>
    /// <exception cref="ConcordException">There is none.</exception>
    public static string Of(string shell) =>
        KnownWords.Find("shell", shell.Equals("powershell", StringComparison.OrdinalIgnoreCase) ? "pwsh" : shell, s_scripts);
}
