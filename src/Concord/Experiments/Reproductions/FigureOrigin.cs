namespace Concord.Experiments;

/// <summary>Where a published figure stands.</summary>
public enum FigureOrigin
{
    /// <summary>In the paper.</summary>
    Paper,

    /// <summary>In the authors' code, or a log published with it.</summary>
    Code,

    /// <summary>On the authors' slides.</summary>
    Slides,

    /// <summary>Nowhere in print: measured with an independent re-implementation of the published setting.</summary>
    Measured,

    /// <summary>Nowhere in print: it follows from the published sizes and equations.</summary>
    Derived,
}
