using System.CommandLine;

namespace Concord.Cli.Commands;

internal static class BenchCommand
{
    public static Command Create() => new("bench", "Times training steps beside their ceiling.");
}
