namespace Concord.Numerics.Engines;

/// <summary>A team of one: the caller.</summary>
internal sealed unsafe class SerialTeam : Team
{
    /// <inheritdoc/>
    public override int Threads => 1;

    /// <inheritdoc/>
    protected override void Fork(delegate*<void*, int, int, void> body, void* state, int members) => body(state, 0, 1);
}
