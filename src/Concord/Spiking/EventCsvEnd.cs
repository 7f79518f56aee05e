using System.Globalization;

namespace Concord.Spiking;

/// <summary>
/// The last line of events as text, <c>end,SAMPLES,EVENTS</c>: how many of each stand before it. A file may do without, but then one that
/// was cut at the end of a line looks whole.
/// </summary>
internal readonly record struct EventCsvEnd(int Samples, long Events)
{
    private const string Word = "end";

    /// <summary>The line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Word},{Samples},{Events}");

    /// <summary>What a line says; null if it is no such line.</summary>
    public static EventCsvEnd? Of(string row) => row.Split(',') is [Word, var samples, var events]
        && int.TryParse(samples, NumberStyles.None, CultureInfo.InvariantCulture, out var s)
        && long.TryParse(events, NumberStyles.None, CultureInfo.InvariantCulture, out var e) ? new(s, e) : null;

    /// <summary>Refuses a text that is not whole.</summary>
    /// <param name="end">Its last line, if it is one of these.</param>
    /// <param name="samples">Samples that were read.</param>
    /// <param name="events">Events that were read.</param>
    /// <param name="maySkip">Whether samples without a line may follow the last one that has events.</param>
    /// <param name="isEnded">Whether the last line has a line end.</param>
    /// <param name="what">What the text is, for messages.</param>
    /// <exception cref="ConcordException">Samples or events are missing, or too many; or the last line may be cut.</exception>
    public static void Check(EventCsvEnd? end, int samples, long events, bool maySkip, bool isEnded, string what)
    {
        if (end is not { } said)
        {
            if (!isEnded)
                throw new ConcordException($"{what}: the last line has no line end, so it may be cut short. Get the file again, or, if it "
                    + $"is whole, end it with the line {new EventCsvEnd(samples, events)}.");
            return;
        }
        if (said.Events != events || (maySkip ? said.Samples < samples : said.Samples != samples))
            throw new ConcordException(string.Create(CultureInfo.InvariantCulture, $"{what}: the last line says that {said.Samples} "
                + $"samples with {said.Events} events stand before it, but {samples} with {events} do. Lines are missing or were added; "
                + $"get the file again."));
    }

    /// <summary>What is said of a line after the end.</summary>
    public static string After(string row) => $"'{row}' comes after the line '{Word},...', which is the last one. Put it before.";
}
