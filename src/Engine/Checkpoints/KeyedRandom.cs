using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// A stream of random numbers for one checkpoint key (SplitMix64, seeded with a hash of seed and key). It uses only integer arithmetic,
/// additions and one multiplication, which makes results bit-identical on every machine.
/// </summary>
public sealed class KeyedRandom
{
    private const int UniformsPerNormal = 4;

    private ulong _state;

    /// <summary>Creates the stream of <paramref name="key"/>.</summary>
    public KeyedRandom(long seed, string key) =>
        _state = BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}/{key}")));

    /// <summary>
    /// Returns a value with mean 0 and variance 1, close enough to normal for initial weights: the scaled sum of four uniform values,
    /// hence at most 3.5 in magnitude.
    /// </summary>
    public double NextNormal()
    {
        double sum = 0;
        for (var i = 0; i < UniformsPerNormal; i++)
            sum += (NextBits() >> 11) * (1.0 / (1UL << 53));
        return (sum - UniformsPerNormal / 2.0) * 1.7320508075688772; // the sum's variance is 4/12
    }

    private ulong NextBits()
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
