namespace Concord.Training;

/// <summary>When the features of frozen blocks are kept on disk.</summary>
public enum FeatureCaching
{
    /// <summary>Where it is possible; where the disk refuses, the run goes on without.</summary>
    Auto,

    /// <summary>Always; where it is not possible, the run is refused.</summary>
    On,

    /// <summary>Never.</summary>
    Off,
}
