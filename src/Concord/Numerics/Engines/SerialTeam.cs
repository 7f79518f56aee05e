namespace Concord.Numerics.Engines;

/// <summary>A team of one: the calling thread.</summary>
/// <param name="flushesToZero">Whether its work is in single precision.</param>
internal sealed unsafe class SerialTeam(bool flushesToZero = true) : Team(flushesToZero)
{
    public override int Threads => 1;

    protected override void Fork(delegate*<void*, int, int, void> body, void* state, int members)
    {
        for (var member = 0; member < members; member++) body(state, member, members);
    }
}
