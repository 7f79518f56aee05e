namespace Concord.Interchange;

/// <summary>Where something was written: a line of a file, or the command line.</summary>
/// <param name="Source">The file as the user gave it.</param>
/// <param name="Line">From 1; 0 where there are no lines.</param>
internal readonly record struct FileLocation(string Source, int Line)
{
    public ConcordException Wrong(string message, Exception? inner = null) => new($"{this}: {message}", inner);

    public override string ToString() => Line == 0 ? Source : FormattableString.Invariant($"{Source}, line {Line}");
}
