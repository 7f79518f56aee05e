namespace Concord.Cli;

/// <summary>What a shell has to run once so that it asks this program how to complete its words.</summary>
internal static class CompletionScripts
{
    private static readonly Dictionary<string, string> s_scripts = new()
    {
        ["bash"] = $$"""
            # Completion of concord's words; where it knows none, names of files. Add to ~/.bashrc:  eval "$(concord completion bash)"
            _concord() {
                local words=("${COMP_WORDS[@]:1:COMP_CWORD}")
                local IFS=$'\n'
                COMPREPLY=($("${COMP_WORDS[0]}" {{Completion.Word}} "${words[@]}" 2>/dev/null))
            }
            complete -o default -F _concord concord ./concord
            """,
        ["zsh"] = $$"""
            # Completion of concord's words; where it knows none, names of files. Add to ~/.zshrc:  eval "$(concord completion zsh)"
            _concord() {
                local -a found
                found=("${(@f)$("${words[1]}" {{Completion.Word}} "${(@)words[2,CURRENT]}" 2>/dev/null)}")
                if [[ -n "${found[*]}" ]]; then compadd -- "${found[@]}"; else _files; fi
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
    public static string Of(string shell) => KnownWords.Find("shell", shell, s_scripts);
}
