namespace Concord.Options;

/// <summary>One member of a record of settings as a user writes it: its key, what values it takes and what it decides.</summary>
/// <typeparam name="TOwner">The record.</typeparam>
public abstract class Setting<TOwner>
{
    private protected Setting(string key, string meaning, string usage, bool isIdle) =>
        (Key, Meaning, Usage, IsIdle) = (key, meaning, usage, isIdle);

    /// <summary>The key in files.</summary>
    public string Key { get; }

    /// <summary>What it decides, in some words.</summary>
    public string Meaning { get; }

    /// <summary>How the command line has it: <c>--batch N</c>, or <c>--nesterov</c> for a flag; empty where it has not.</summary>
    public string Usage { get; }

    /// <summary>Whether it changes no bit of a result.</summary>
    public bool IsIdle { get; }

    /// <summary>Its values in words.</summary>
    public abstract string Values { get; }

    /// <summary>The words that can be chosen from; empty where the values are not words of a list.</summary>
    public abstract IReadOnlyList<string> Choices { get; }

    /// <summary>Whether it takes numbers that are not whole.</summary>
    public abstract bool TakesFractions { get; }

    /// <summary>What its values are for another program.</summary>
    public abstract ValueKind Kind { get; }

    /// <summary>The text of its value.</summary>
    public abstract string Write(TOwner owner);

    /// <summary>The record with another value.</summary>
    /// <exception cref="ConcordException">The text cannot be read, or lies out of range.</exception>
    public abstract TOwner Read(TOwner owner, string text);

    /// <summary>Refuses a value out of range.</summary>
    /// <exception cref="ConcordException">It is.</exception>
    public abstract void Check(TOwner owner);

    /// <summary>The same setting of a record that has this one as a member.</summary>
    /// <param name="member">The member.</param>
    /// <param name="with">The record with another one.</param>
    public abstract Setting<TOuter> Within<TOuter>(Func<TOuter, TOwner> member, Func<TOuter, TOwner, TOuter> with);
}

/// <summary>A setting with values of one type.</summary>
/// <typeparam name="TOwner">The record.</typeparam>
/// <typeparam name="T">The type.</typeparam>
/// <param name="key">The key in files.</param>
/// <param name="type">What values it takes.</param>
/// <param name="get">The member.</param>
/// <param name="set">The record with another value.</param>
/// <param name="meaning">What it decides, in some words.</param>
/// <param name="usage">How the command line has it.</param>
/// <param name="isIdle">Whether it changes no bit of a result.</param>
public sealed class Setting<TOwner, T>(
    string key, OptionType<T> type, Func<TOwner, T> get, Func<TOwner, T, TOwner> set, string meaning, string usage = "",
    bool isIdle = false)
    : Setting<TOwner>(key, meaning, usage, isIdle)
{
    private string Name => $"The setting {Key}";

    /// <inheritdoc/>
    public override string Values => type.Words;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Choices => type.Choices;

    /// <inheritdoc/>
    public override bool TakesFractions => type.TakesFractions;

    /// <inheritdoc/>
    public override ValueKind Kind => type.Kind;

    /// <inheritdoc/>
    public override string Write(TOwner owner) => type.Write(get(owner));

    /// <inheritdoc/>
    public override TOwner Read(TOwner owner, string text) => set(owner, type.Read(Name, text));

    /// <inheritdoc/>
    public override void Check(TOwner owner)
    {
        if (!type.Allows(get(owner))) throw type.Refused(Name, Write(owner));
    }

    /// <inheritdoc/>
    public override Setting<TOuter> Within<TOuter>(Func<TOuter, TOwner> member, Func<TOuter, TOwner, TOuter> with) =>
        new Setting<TOuter, T>(Key, type, outer => get(member(outer)), (outer, value) => with(outer, set(member(outer), value)),
            Meaning, Usage, IsIdle);
}
