using MlxVideo.Engine.Models;
using MlxVideo.Engine.Models.Tiny;

namespace MlxVideo.Engine.Tests.Stages;

/// <summary>Class fixture that writes the tiny model once.</summary>
public sealed class TinyModelFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TinyModelFolder()
    {
        TinyModel.Write(_folder.File("model"));
        Model = ModelFolder.Open(_folder.File("model"));
    }

    public ModelFolder Model { get; }

    public void Dispose() => _folder.Dispose();
}
