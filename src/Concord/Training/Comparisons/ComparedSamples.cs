namespace Concord.Training;

/// <summary>On which samples two networks are compared.</summary>
public enum ComparedSamples
{
    /// <summary>On all.</summary>
    All,

    /// <summary>
    /// On those that the first answers rightly and the second wrongly (Lance, Kieu 2026): what the one has learned and the other has not.
    /// </summary>
    FirstAloneIsRight,
}
