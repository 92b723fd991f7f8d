using MlxVideo.Engine.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MlxVideo.Engine.AudioVae;

/// <summary>
/// Residual blocks at one resolution, followed by resampling to the next one. Keys: <c>block.N</c>, and <c>downsample.conv</c> in the
/// encoder or <c>upsample.conv.conv</c> in the decoder.
/// </summary>
internal sealed class AudioLevel : nn.Module<Tensor, Tensor>
{
    private readonly ModuleList<AudioResBlock> block;
    private readonly AudioConv2d? downsample;
    private readonly AudioConv2d? upsample;

    /// <param name="inChannels">Width before the first block.</param>
    /// <param name="outChannels">Width after the first block.</param>
    /// <param name="step">Resampling after the blocks.</param>
    public AudioLevel(WeightScope scope, long inChannels, long outChannels, int blocks, LevelStep step)
        : base(nameof(AudioLevel))
    {
        block = new ModuleList<AudioResBlock>(
            Enumerable.Range(0, blocks)
                .Select(index => new AudioResBlock(scope.Sub("block").Sub(index), index == 0 ? inChannels : outChannels, outChannels))
                .ToArray());
        downsample = step == LevelStep.Down ? new AudioConv2d(scope.Sub("downsample.conv"), outChannels, outChannels, stride: 2) : null;
        upsample = step == LevelStep.Up ? new AudioConv2d(scope.Sub("upsample.conv.conv"), outChannels, outChannels) : null;
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = TensorScope.Open();
        var x = input;
        foreach (var one in block)
            x = one.forward(x);
        if (downsample is not null)
            x = downsample.forward(x);
        if (upsample is not null)
        {
            // The first of the doubled rows depends on padding only and is dropped: T becomes 2T − 1.
            var larger = upsample.forward(Double(x));
            x = larger.narrow(2, 1, larger.shape[2] - 1);
        }

        return x.alias().MoveToOuterDisposeScope();
    }

    /// <summary>Repeats every cell along both axes.</summary>
    private static Tensor Double(Tensor x)
    {
        using var scope = TensorScope.Open();
        var (batch, channels, rows, columns) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        return x.view(batch, channels, rows, 1, columns, 1).expand(batch, channels, rows, 2, columns, 2)
            .reshape(batch, channels, rows * 2, columns * 2).MoveToOuterDisposeScope();
    }
}

/// <summary>Resampling from a level to its neighbour.</summary>
internal enum LevelStep
{
    /// <summary>No resampling: the last level.</summary>
    None,

    /// <summary>Halves both axes.</summary>
    Down,

    /// <summary>Doubles both axes.</summary>
    Up,
}
