using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine;

/// <summary>
/// The dispose scope of engine code: frees what was made in it. While <see cref="Watch"/> is on, every tensor that is
/// still alive when its scope ends is shown first, which is how strict mode sees all that a computation makes.
/// </summary>
public readonly struct TensorScope : IDisposable
{
    [ThreadStatic]
    private static Action<Tensor>? _watcher;

    private readonly DisposeScope _scope;
    private readonly bool _onHost;

    private TensorScope(DisposeScope scope, bool onHost) => (_scope, _onHost) = (scope, onHost);

    /// <summary>A scope for arithmetic on the device.</summary>
    public static TensorScope Open() => new(NewDisposeScope(), onHost: false);

    /// <summary>
    /// A scope for arithmetic that happens on the CPU whatever the device is, in types that the device may not have; not watched.
    /// </summary>
    public static TensorScope OpenOnHost() => new(NewDisposeScope(), onHost: true);

    /// <summary>Shows tensors of this thread until the result is disposed.</summary>
    public static IDisposable Watch(Action<Tensor> watcher)
    {
        _watcher = watcher;
        return new EndOfWatch();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_watcher is { } watcher && !_onHost)
        {
            foreach (var tensor in _scope.DisposablesView.OfType<Tensor>().Where(tensor => !tensor.IsInvalid))
                watcher(tensor);
        }

        _scope.Dispose();
    }

    private sealed class EndOfWatch : IDisposable
    {
        public void Dispose() => _watcher = null;
    }
}
