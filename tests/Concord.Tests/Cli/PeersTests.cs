using System.Diagnostics;

namespace Concord.Tests.Cli;

/// <summary>The comparison with PyTorch, with a PyTorch and a Concord that only say what they would have measured.</summary>
public sealed class PeersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public PeersTests()
    {
        Script("concord", """echo '{"event":"bench","samplesPerSecond":{"backprop":300,"dfa":600}}'""");
        Script("python", """
            case "$1 $2" in
              "-I -") printf '%s\n' "$3" > "$FOLDER/lines"; echo row; exit ;;
              *--help) exit ${NO_TORCH:-0} ;;
            esac
            setting=$OMP_WAIT_POLICY-${OPENBLAS_CORETYPE:-unset}
            case " $FAILING " in *" $setting "*) echo "too slow here" >&2; exit 1 ;; esac
            case " $HANGING " in *" $setting "*) sleep 60 ;; esac
            echo '{"torch":"0","samplesPerSecond":{"backprop":100}}'
            """);
    }

    [Theory]
    [InlineData("", "", 4)]
    [InlineData("active-unset", "", 3)]
    [InlineData("active-SkylakeX passive-SkylakeX", "", 2)]
    [InlineData("active-unset active-SkylakeX", "passive-unset", 1)]
    public void ASettingThatFailsOrHangsIsLeftOut(string failing, string hanging, int left)
    {
        var (code, said, errors) = Run(failing, hanging);
        Assert.True(code == 0, errors);
        Assert.Equal("row", said.Trim());
        Assert.Equal(left, File.ReadAllLines(_folder["lines"]).Count(line => line.Contains("torch", StringComparison.Ordinal)));
        Assert.Equal(4 - left, errors.Split("Left out:").Length - 1);
        foreach (var setting in $"{failing} {hanging}".Split(' ', StringSplitOptions.RemoveEmptyEntries))
            Assert.Contains($"OMP_WAIT_POLICY={setting.Split('-')[0]}, OPENBLAS_CORETYPE {setting.Split('-')[1]}", errors,
                StringComparison.Ordinal);
    }

    [Fact]
    public void ItFailsIfAllDo()
    {
        var (code, said, errors) = Run("active-unset active-SkylakeX passive-unset passive-SkylakeX", "");
        Assert.Equal(1, code);
        Assert.Equal("", said);
        Assert.Contains("under all 4 settings", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutPyTorchItSaysWhatToInstall()
    {
        var (code, _, errors) = Run("", "", ("NO_TORCH", "1"));
        Assert.Equal(1, code);
        Assert.Contains("python3-torch", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Left out", errors, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private void Script(string name, string lines)
    {
        File.WriteAllText(_folder[name], $"#!/bin/sh\n{lines}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_folder[name], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private (int Code, string Out, string Error) Run(string failing, string hanging, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("bash", [Path.Combine(Repository.Root, "benchmarks", "peers", "run"), "20-10", "1"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in (IEnumerable<(string, string)>)
            [("PYTHON", _folder["python"]), ("CONCORD", _folder["concord"]), ("FOLDER", _folder.Path), ("FAILING", failing),
                ("HANGING", hanging), ("LIMIT", hanging.Length > 0 ? "5" : "600"), .. environment])
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said, errors.Result);
    }
}
