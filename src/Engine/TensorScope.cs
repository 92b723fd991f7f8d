using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine;

/// <summary>
/// Dispose scope for engine code: frees the tensors created inside it. While <see cref="Watch"/> is active, every tensor still alive at
/// the end of its scope is passed to the watcher first; strict mode uses this to inspect all results of a computation.
/// </summary>
public readonly struct TensorScope : IDisposable
{
    [ThreadStatic]
    private static Action<Tensor>? _watcher;

    private readonly DisposeScope _scope;
    private readonly bool _onHost;

    private TensorScope(DisposeScope scope, bool onHost) => (_scope, _onHost) = (scope, onHost);

    /// <summary>Opens a scope for arithmetic on the device.</summary>
    public static TensorScope Open() => new(NewDisposeScope(), onHost: false);

    /// <summary>Opens an unwatched scope for arithmetic that always runs on the CPU, in dtypes that the device may lack.</summary>
    public static TensorScope OpenOnHost() => new(NewDisposeScope(), onHost: true);

    /// <summary>Passes this thread's tensors to <paramref name="watcher"/> until the returned object is disposed.</summary>
    public static IDisposable Watch(Action<Tensor> watcher)
    {
        var outer = _watcher;
        _watcher = watcher;
        return new EndOfWatch(outer);
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

    private sealed class EndOfWatch(Action<Tensor>? outer) : IDisposable
    {
        public void Dispose() => _watcher = outer;
    }
}
