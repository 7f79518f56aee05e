using System.Runtime.CompilerServices;
using Concord.Numerics;
using Concord.Numerics.Engines;

namespace Concord.Spiking.Walks;

/// <summary>Work of an object on ranges of indices, in phases.</summary>
internal interface ISharedWork
{
    /// <summary>Does the indices from start up to, not including, end.</summary>
    void Run(int phase, int start, int end);
}

internal static unsafe class SharedWork
{
    /// <summary>Shares a phase of an object's work among the engine's threads; allocates nothing.</summary>
    public static void Share(this Kernels kernels, ISharedWork owner, int phase, int length, int grain = 1)
    {
        var place = owner;
#pragma warning disable CS8500 // the threads read the reference where it stands on this stack, which waits for them
        var work = new Range((nint)(&place), phase);
#pragma warning restore CS8500
        kernels.Share(ref work, length, grain);
    }

    private readonly struct Range(nint owner, int phase) : IRangeWork
    {
        private readonly nint _owner = owner;

        public void Run(int start, int end) => Unsafe.AsRef<ISharedWork>((void*)_owner).Run(phase, start, end);
    }
}
