namespace Concord.Experiments;

/// <summary>What became of a cell so far.</summary>
public enum CellState
{
    /// <summary>Nothing yet.</summary>
    Waiting,

    /// <summary>Broken off; it goes on from its checkpoint.</summary>
    Begun,

    /// <summary>Run to its end.</summary>
    Finished,

    /// <summary>Diverged, and would again; or what lies in its folder cannot be read. It is not run.</summary>
    Failed,
}
