namespace Concord.Training;

/// <summary>A line of <c>experiment.yaml</c> that is not as the run wrote it.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Now">What stands there; null where the line is gone.</param>
/// <param name="Was">What the run was begun with; null where there was no such line.</param>
internal sealed record SettingsEdit(string Key, string? Now, string? Was)
{
    public override string ToString() => (Now, Was) switch
    {
        (null, _) => $"'{Key}: {Was}' is missing",
        (_, null) => $"'{Key}: {Now}' is new",
        _ => $"'{Key}: {Now}' was '{Key}: {Was}'",
    };
}
