using Concord.Interchange;

namespace Concord.Experiments;

/// <summary>The value of a key, or the several values of an axis of the grid.</summary>
internal sealed record KeyValues(FileLocation Location, IReadOnlyList<string> Values);
