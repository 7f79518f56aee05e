using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// One tangent on its way up beside a pass: the directions of parameters, and where what layers make of it stands. Blocks take turns in two
/// sets of buffers, a block's tangent at the input standing in one and what becomes of it in the other.
/// </summary>
/// <param name="number">Which of several.</param>
internal sealed class TangentLane(int number)
{
    private readonly Dictionary<Parameter, Tensor> _directions = [];
    private readonly RecycledWorkspace[] _rooms = [new(), new()];
    private int _turn;

    /// <summary>Which of several.</summary>
    public int Number => number;

    /// <summary>The tangent as far as the pass has come; null while it is zero.</summary>
    public Tensor? Tangent { get; private set; }

    /// <summary>Whether it stands in a buffer of its own, which the next layer may write over.</summary>
    public bool IsOwn { get; private set; }

    /// <summary>Buffers of the block whose turn it is.</summary>
    public Workspace Room => _rooms[_turn];

    /// <summary>Bytes of buffers.</summary>
    public long Bytes => _rooms[0].Bytes + _rooms[1].Bytes;

    /// <summary>Begins with no directions and a tangent of zero.</summary>
    public void Begin()
    {
        _directions.Clear();
        Set(null, isOwn: false);
    }

    /// <summary>Gives the next block its turn.</summary>
    public void Turn()
    {
        _turn = 1 - _turn;
        _rooms[_turn].Recycle();
    }

    /// <summary>Puts the tangent where it is now.</summary>
    public void Set(Tensor? tangent, bool isOwn) => (Tangent, IsOwn) = (tangent, isOwn);

    /// <summary>The direction of a parameter; null where it has none.</summary>
    public Tensor? DirectionOf(Parameter parameter) => _directions.GetValueOrDefault(parameter);

    /// <summary>Gives a parameter its direction.</summary>
    public void Perturb(Parameter parameter, Tensor direction) => _directions[parameter] = direction;
}
