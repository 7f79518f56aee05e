namespace Concord.Numerics.Engines;

/// <summary>
/// A tensor's elements in bf16. It is made when a product first asks for it, and made again only after the tensor's memory may have been
/// written; an optimizer's pass writes it along with the weight.
/// </summary>
/// <param name="of">The tensor, of singles.</param>
internal sealed unsafe class Bfloat16Copy(Tensor of)
{
    private readonly Tensor _room = new(new(RoomOf(of)));
    private long _seen = -1;

    /// <summary>Bytes that a tensor's copy takes.</summary>
    public static long BytesOf(Tensor of) => (long)RoomOf(of) * sizeof(float);

    private static int RoomOf(Tensor of) => (of.Length + 1) / 2;   // two numbers in the room of a single

    /// <summary>Whether the tensor has been left alone since the copy was made.</summary>
    public bool IsCurrent => _seen == of.Accesses;

    /// <summary>The numbers, in the tensor's order.</summary>
    public ushort* Pointer => (ushort*)_room.ReadPointer<float>();

    /// <summary>Says that the copy holds what the tensor holds now.</summary>
    public void Renewed() => _seen = of.Accesses;
}
