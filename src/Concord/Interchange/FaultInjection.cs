using System.Diagnostics;
using System.Globalization;

namespace Concord.Interchange;

/// <summary>
/// A testing aid: named points at which a test may break the program off, to show that whatever is on disk at that
/// moment can be resumed from. It does nothing unless asked.
/// </summary>
/// <remarks>
/// Inside one process a test sets <see cref="At"/>. The built program reads the environment variable
/// <c>CONCORD_FAULT=point:count</c> (as in <c>CONCORD_FAULT="before rename:3"</c>) and kills itself, with nothing flushed
/// and nothing cleaned up, as the count-th arrival at that point. A moment worth dying at gets a point by
/// calling <see cref="Reach"/>.
/// </remarks>
internal static class FaultInjection
{
    /// <summary>The temporary file holds all content, not yet flushed to disk.</summary>
    internal const string TemporaryWritten = "temporary written";

    /// <summary>The temporary file is on disk; the old file is still in place.</summary>
    internal const string BeforeRename = "before rename";

    /// <summary>The new file is in place; its folder is not yet flushed to disk.</summary>
    internal const string AfterRename = "after rename";

    /// <summary>Half of a line of a JSON Lines file is written.</summary>
    internal const string MiddleOfLine = "middle of line";

    /// <summary>Half of an event, or of some, stands in the file for TensorBoard.</summary>
    internal const string MiddleOfEvent = "middle of event";

    /// <summary>A folder's lock file is open and locked, but does not yet say by whom.</summary>
    internal const string LockTaken = "lock taken";

    /// <summary>The way of a product was measured and is kept for the machine; the next is not begun.</summary>
    internal const string ProductMeasured = "product measured";

    internal const string Variable = "CONCORD_FAULT";

    private static readonly string Setting = Environment.GetEnvironmentVariable(Variable) ?? "";

    // Belongs to the flow of control of the test that sets it: tests that run at the same time notice nothing.
    private static readonly AsyncLocal<Action<string>?> Hook = new();
    private static int _arrivals;

    /// <summary>Called with the name of each point reached by this flow of control and the tasks and threads it starts.</summary>
    internal static Action<string>? At
    {
        get => Hook.Value;
        set => Hook.Value = value;
    }

    /// <summary>Whether anybody asked for faults.</summary>
    internal static bool IsArmed => Setting.Length > 0 || At is not null;

    /// <summary>Says that a point is reached.</summary>
    /// <exception cref="ConcordException">The environment variable is not of the form <c>point:count</c>.</exception>
    internal static void Reach(string point)
    {
        At?.Invoke(point);
        if (Setting.Length == 0) return;
        var (name, count) = Parse(Setting);
        if (point == name && Interlocked.Increment(ref _arrivals) == count) Die();
    }

    /// <summary>Takes <c>point:count</c> apart.</summary>
    internal static (string Point, int Count) Parse(string setting)
    {
        var colon = setting.LastIndexOf(':');
        return colon > 0
            && int.TryParse(setting.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
            ? (setting[..colon], count)
            : throw new ConcordException($"{Variable} is '{setting}'; expected a point and a count of one or more, "
                + $"as in '{BeforeRename}:1'.");
    }

    private static void Die()
    {
        using var self = Process.GetCurrentProcess();
        self.Kill();
        Thread.Sleep(Timeout.Infinite);   // nothing more may happen, however long the system takes to end us
    }
}
