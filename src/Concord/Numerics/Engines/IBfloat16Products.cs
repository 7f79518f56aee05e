namespace Concord.Numerics.Engines;

/// <summary>Matrix products of operands in bf16, with sums and results in single precision.</summary>
internal interface IBfloat16Products : IDisposable
{
    /// <summary>
    /// The product y = beta y + alpha op(a) op(b), prepared; null where there is no fast way, or none of that kind. With <c>packs</c> it
    /// reads b packed, in panels of <see cref="IBfloat16Product.PanelWidth"/>.
    /// </summary>
    IBfloat16Product? Find(bool transposeA, bool transposeB, int m, int n, int k, float alpha, float beta, bool packs);
}

/// <summary>A product of one shape.</summary>
internal unsafe interface IBfloat16Product
{
    /// <summary>Columns of the panels (<see cref="Bfloat16Panels"/>) that b is packed in; 0 where it is read as it stands.</summary>
    int PanelWidth { get; }

    /// <summary>Computes it.</summary>
    /// <param name="a">The first operand, as it stands.</param>
    /// <param name="b">The second, packed if that is wanted.</param>
    /// <param name="y">The result.</param>
    void Run(void* a, void* b, float* y);
}
