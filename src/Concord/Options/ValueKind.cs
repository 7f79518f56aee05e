namespace Concord.Options;

/// <summary>What the values of an option are for a program that reads a file of ours.</summary>
public enum ValueKind
{
    /// <summary>A text; a word of a list is one too.</summary>
    Text,

    /// <summary>A number; in its place there may be a word for none.</summary>
    Number,

    /// <summary>True or false.</summary>
    Flag,
}
